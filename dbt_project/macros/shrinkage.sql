{# Shrunk shares with honest intervals, for leaderboards (docs/metrics.md). Double precision: statistics, not amounts. #}

{# Quantile of a beta distribution at the normal quantile z (1.959964 for 97.5 %), by Paulson's approximation of F: within
   0.005 of the exact one where both parameters are at least 2, within 0.015 from 0.7 on. #}
{% macro beta_quantile(alpha, beta, z) -%}
    {%- set u = '(1 / (9 * ' ~ alpha ~ '))' -%}
    {%- set v = '(1 / (9 * ' ~ beta ~ '))' -%}
    {%- set square = '(power(1 - ' ~ v ~ ', 2) - ' ~ z * z ~ ' * ' ~ v ~ ')' -%}
    {%- set middle = '((1 - ' ~ u ~ ') * (1 - ' ~ v ~ '))' -%}
    {%- set last = '(power(1 - ' ~ u ~ ', 2) - ' ~ z * z ~ ' * ' ~ u ~ ')' -%}
    {%- set root = 'sqrt(greatest(power(' ~ middle ~ ', 2) - ' ~ square ~ ' * ' ~ last ~ ', 0))' -%}
    {%- set f = 'power(greatest((' ~ middle ~ (' + ' if z > 0 else ' - ') ~ root ~ ') / ' ~ square ~ ', 0), 3)' -%}
    ({{ alpha }} * {{ f }} / ({{ beta }} + {{ alpha }} * {{ f }}))
{%- endmacro %}

{# Bound of the Wilson score interval of successes among cases; z below 0 for the lower one. #}
{% macro wilson_bound(successes, cases, z) -%}
    (
        ({{ successes }} + {{ z * z / 2 }}) / ({{ cases }} + {{ z * z }})
        + {{ z }} * sqrt({{ successes }} * ({{ cases }} - {{ successes }}) / {{ cases }} + {{ z * z / 4 }})
        / ({{ cases }} + {{ z * z }})
    )
{%- endmacro %}

{# Fewest peers from which a prior is fitted; below, rates stay raw. #}
{% macro minimum_peers() -%}10{%- endmacro %}
