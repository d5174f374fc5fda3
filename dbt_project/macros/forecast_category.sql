{# Sources spell the categories in several ways: omitted, pipeline, best_case, commit, closed; others as they come. #}
{% macro forecast_category(column) -%}
    case replace(replace({{ fold(column) }}, ' ', ''), '_', '')
        when 'bestcase' then 'best_case'
        when 'forecast' then 'commit'
        when 'commit' then 'commit'
        when 'committed' then 'commit'
        else {{ fold(column) }}
    end
{%- endmacro %}
