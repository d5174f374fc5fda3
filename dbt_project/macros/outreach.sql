{# What is no outreach of a person (docs/funnel.md): words as sources and mail programs write them. #}

{# Whether a source's kind of activity says that it was received, not made. #}
{% macro is_inbound(source_type) -%}
    {{ matches_any(source_type, ['inbound', 'incoming', 'received', 'missed call', 'voicemail from']) }}
{%- endmacro %}

{# Whether a machine wrote it: kinds of activity, and subjects of automatic replies in the languages of the mail programs. #}
{% macro is_automatic(source_type, subject) -%}
    (
        {{ matches_any(source_type, ['auto', 'list ?e?mail', 'mass ?e?mail', 'bounce', 'newsletter']) }}
        or {{ matches_any(subject, [
            '^ *auto:', '^ *auto[- ]?(reply|response)', 'automat(ic|ed) reply', 'out[- ]of[- ]office', 'automatische antwort',
            'abwesenheit', 'réponse automatique', 'respuesta automática', 'risposta automatica', 'automatisch antwoord',
            'resposta automática', 'automatiskt svar', '^ *undeliver', '^ *mail delivery', '^ *delivery status notification',
            '^ *unzustellbar',
        ]) }}
    )
{%- endmacro %}

{# Whether a text holds one of the patterns (regular expressions), whatever its case; a missing text does not. #}
{% macro matches_any(column, patterns) -%}
    coalesce({{ has_pattern('lower(' ~ column ~ ')', patterns | join('|')) }}, false)
{%- endmacro %}
