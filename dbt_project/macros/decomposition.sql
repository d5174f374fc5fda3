{# Why a sum of products changed (docs/metrics.md). Factors are lists of [now, before] in double precision. #}

{# Logarithmic mean of two numbers of one sign, neither 0; L(a, a) = a. #}
{% macro logarithmic_mean(a, b) -%}
    (case when abs({{ a }} - {{ b }}) <= 1e-12 * abs({{ b }}) then {{ b }} else ({{ a }} - {{ b }}) / ln({{ a }} / {{ b }}) end)
{%- endmacro %}

{# Additive LMDI: the part of the change of the product that a factor explains. Parts add up to the change. #}
{% macro lmdi_effect(value, value_before, factor, factor_before) -%}
    ({{ logarithmic_mean(value, value_before) }} * ln({{ factor }} / {{ factor_before }}))
{%- endmacro %}

{# Shapley value of one of the factors of a product: its mean effect over all orders in which factors may change. Needs no
   logarithm, so signs may differ; parts add up to the change. #}
{% macro shapley_effect(factors, position) -%}
    {%- set others = [] -%}
    {%- for factor in factors %}{% if loop.index0 != position %}{% do others.append(factor) %}{% endif %}{% endfor -%}
    {%- set factorials = [1, 1, 2, 6, 24, 120] -%}
    (({{ factors[position][0] }} - {{ factors[position][1] }}) * (
    {%- for subset in range(2 ** (others | length)) -%}
        {%- set bits = [] -%}
        {%- for factor in others %}{% do bits.append((subset // 2 ** loop.index0) % 2) %}{% endfor -%}
        {%- set changed = bits | sum -%}
        {{ ' + ' if not loop.first }}{{ factorials[changed] * factorials[(others | length) - changed] / factorials[factors | length] }}
        {%- for factor in others %} * {{ factor[0] if bits[loop.index0] else factor[1] }}{% endfor -%}
    {%- endfor -%}
    ))
{%- endmacro %}
