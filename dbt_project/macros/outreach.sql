{# What is no outreach of a person (docs/funnel.md): words as sources and mail programs write them. #}

{# Whether a source's kind of activity says that it was received, not made. #}
{% macro is_inbound(source_type) -%}
    ({{ like_any(source_type, ['%inbound%', '%incoming%', '%received%', '%missed call%', '%voicemail from%']) }})
{%- endmacro %}

{# Whether a machine wrote it: kinds of activity, and subjects of automatic replies in the languages of the mail programs. #}
{% macro is_automatic(source_type, subject) -%}
    (
        {{ like_any(source_type, ['%auto%', '%list email%', '%listemail%', '%mass email%', '%bounce%', '%newsletter%']) }}
        or {{ like_any(subject, [
            'auto:%', 'auto-reply%', 'autoreply%', 'auto reply%', '%automatic reply%', '%automated reply%', 'auto response%',
            'auto-response%', 'autoresponse%', '%out of office%', '%out-of-office%', '%automatische antwort%', '%abwesenheit%',
            '%réponse automatique%', '%respuesta automática%', '%risposta automatica%',
            '%automatisch antwoord%', '%resposta automática%', '%automatiskt svar%', 'undeliverable%', 'undelivered mail%',
            'mail delivery%', 'delivery status notification%', 'unzustellbar%',
        ]) }}
    )
{%- endmacro %}

{# Whether a text, without case and outer spaces, is like one of the patterns; a missing text is not. #}
{% macro like_any(column, patterns) -%}
    coalesce(
        {%- for pattern in patterns %} {{ fold(column) }} like '{{ pattern }}'{{ ' or' if not loop.last }}{% endfor %}, false
    )
{%- endmacro %}
