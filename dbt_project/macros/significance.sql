{# Tests of significance (docs/metrics.md). Double precision: statistics, not amounts. #}

{# P(X <= z) of a standard normal variable: Hart's rational approximation (algorithm 5666) with West's continued fraction
   in the tails; within 1e-14 of the exact one everywhere. z: a column of double precision (it is written out often). #}
{% macro normal_cdf(z) -%}
    {%- set a = 'abs(' ~ z ~ ')' -%}
    {%- set numerator = [
        '3.52624965998911e-02', '0.700383064443688', '6.37396220353165', '33.912866078383', '112.079291497871',
        '221.213596169931', '220.206867912376',
    ] -%}
    {%- set denominator = [
        '8.83883476483184e-02', '1.75566716318264', '16.064177579207', '86.7807322029461', '296.564248779674',
        '637.333633378831', '793.826512519948', '440.413735824752',
    ] -%}
    {%- set fraction = a ~ ' + 1 / (' ~ a ~ ' + 2 / (' ~ a ~ ' + 3 / (' ~ a ~ ' + 4 / (' ~ a ~ ' + 0.65))))' -%}
    case
        when {{ z }} is null then null
        when {{ a }} > 37 then case when {{ z }} > 0 then 1e0 else 0e0 end
        else
            case when {{ z }} > 0 then 1e0 else 0e0 end
            + case when {{ z }} > 0 then -1e0 else 1e0 end
            * exp(- {{ a }} * {{ a }} / 2)
            * case
                when {{ a }} < 7.07106781186547
                    then ({{ polynomial(numerator, a) }}) / ({{ polynomial(denominator, a) }})
                else 1 / (2.506628274631 * ({{ fraction }}))
            end
    end
{%- endmacro %}

{# Coefficients from the highest power down, by Horner's rule, in double precision. #}
{% macro polynomial(coefficients, x) -%}
    {%- set out = namespace(text='cast(' ~ coefficients[0] ~ ' as double precision)') -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set out.text = '(' ~ out.text ~ ') * ' ~ x ~ ' + cast(' ~ coefficient ~ ' as double precision)' -%}
    {%- endfor -%}
    {{ out.text }}
{%- endmacro %}

{# Two-sided p-value of a z score. z: a column. #}
{% macro two_sided_p(z) -%}
    (2 * {{ normal_cdf('(- abs(' ~ z ~ '))') }})
{%- endmacro %}

{# Pooled two-proportion z of successes / cases against another successes / cases; null where a cell of the expected
   two-by-two table is under 5. All are columns. #}
{% macro two_proportion_z(successes, cases, other_successes, other_cases) -%}
    {%- set s = 'cast(' ~ successes ~ ' as double precision)' -%}
    {%- set n = 'cast(' ~ cases ~ ' as double precision)' -%}
    {%- set t = 'cast(' ~ other_successes ~ ' as double precision)' -%}
    {%- set m = 'cast(' ~ other_cases ~ ' as double precision)' -%}
    {%- set pooled = '((' ~ s ~ ' + ' ~ t ~ ') / (' ~ n ~ ' + ' ~ m ~ '))' -%}
    case
        when least({{ n }}, {{ m }}) * least({{ s }} + {{ t }}, {{ n }} + {{ m }} - {{ s }} - {{ t }})
            >= 5 * ({{ n }} + {{ m }})
            and least({{ n }}, {{ m }}) > 0
            then ({{ s }} / {{ n }} - {{ t }} / {{ m }})
                / sqrt({{ pooled }} * (1 - {{ pooled }}) * (1 / {{ n }} + 1 / {{ m }}))
    end
{%- endmacro %}

{# Welch's z of two means, each told by its count, sum and sum of squares; null with fewer than 30 on either side or
   where nothing varies. All are columns. #}
{% macro two_means_z(cases, total, squares, other_cases, other_total, other_squares) -%}
    {%- set error = namespace(parts=[]) -%}
    {%- for n, x, xx in [(cases, total, squares), (other_cases, other_total, other_squares)] -%}
        {%- do error.parts.append(
            '(cast(' ~ xx ~ ' as double precision) - cast(' ~ x ~ ' as double precision) * ' ~ x ~ ' / ' ~ n ~ ')'
            ~ ' / (' ~ n ~ ' - 1) / ' ~ n
        ) -%}
    {%- endfor -%}
    {%- set squared = '(' ~ error.parts | join(' + ') ~ ')' -%}
    case
        when {{ cases }} < 30 or {{ other_cases }} < 30 then null
        when {{ squared }} <= 0 then null
        else
            (cast({{ total }} as double precision) / {{ cases }} - cast({{ other_total }} as double precision) / {{ other_cases }})
            / sqrt({{ squared }})
    end
{%- endmacro %}

{# Benjamini-Hochberg over the p-values of a family that are known: the smallest share of false alarms among all at
   least as clear as this one. `ranked`: a column with the p-values' rank within the family, `known` with their number. #}
{% macro adjusted_p(p, ranked, known, family) -%}
    case when {{ p }} is not null then least(1, min({{ p }} * {{ known }} / {{ ranked }}) over (
        partition by {{ family }} order by {{ p }} desc nulls last, {{ ranked }} desc rows unbounded preceding
    )) end
{%- endmacro %}

{# A word for a tested difference: `below` where the score is below 0 and its adjusted p-value at most 5 %, `above` likewise,
   `as usual` where it is not significant, null where it was not tested. #}
{% macro verdict(score, adjusted_p_value, below, above) -%}
    case
        when {{ adjusted_p_value }} is null then null
        when {{ adjusted_p_value }} > 0.05 then 'as usual'
        when {{ score }} < 0 then '{{ below }}'
        else '{{ above }}'
    end
{%- endmacro %}
