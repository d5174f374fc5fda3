{# The e-mail by which two records are known to be one person: lower case, outer spaces off; null when it is no address
   or a role's mailbox (info@, sales.de@), which many people share. #}
{% macro email_identity(email) -%}
    {{ adapter.dispatch('email_identity')(email) }}
{%- endmacro %}

{% macro default__email_identity(email) -%}
    {%- set mailbox -%}
        split_part(split_part(lower(trim({{ email }})), '@', 1), '+', 1)
    {%- endset -%}
    case
        when {{ email }} not like '%_@_%' then null
        when split_part(replace(replace({{ mailbox }}, '-', '.'), '_', '.'), '.', 1) in ({{ quoted(role_mailboxes()) }})
            then null
        when replace(replace(replace({{ mailbox }}, '.', ''), '-', ''), '_', '') in ({{ quoted(role_mailboxes()) }})
            then null
        else lower(trim({{ email }}))
    end
{%- endmacro %}

{# Names of mailboxes that belong to a role and never to one person. #}
{% macro role_mailboxes() -%}
    {{ return([
        'abuse', 'accounting', 'accounts', 'accountspayable', 'admin', 'administration', 'billing', 'bookings', 'careers',
        'compliance', 'contact', 'contactus', 'customerservice', 'donotreply', 'einkauf', 'email', 'enquiries', 'enquiry',
        'events', 'finance', 'frontdesk', 'general', 'hello', 'help', 'helpdesk', 'hi', 'hostmaster', 'hr', 'info',
        'inquiries', 'inquiry', 'invoice', 'invoices', 'it', 'jobs', 'kontakt', 'legal', 'mail', 'mailbox', 'marketing',
        'media', 'news', 'newsletter', 'noreply', 'office', 'operations', 'order', 'orders', 'partners', 'payroll',
        'post', 'postmaster', 'press', 'privacy', 'procurement', 'purchasing', 'reception', 'recruiting', 'root', 'sales',
        'security', 'service', 'services', 'shop', 'staff', 'support', 'team', 'verkauf', 'vertrieb', 'webmaster',
    ]) }}
{%- endmacro %}

{# A list of words as SQL literals. #}
{% macro quoted(words) -%}
    {% for word in words %}'{{ word }}'{% if not loop.last %}, {% endif %}{% endfor %}
{%- endmacro %}

{# Aggregate: the value of the row with the least rank that has one. rank: column numbering the rows of a group #}
{% macro best_known(column, rank) -%}
    {{ adapter.dispatch('best_known')(column, rank) }}
{%- endmacro %}

{% macro default__best_known(column, rank) -%}
    (array_agg({{ column }} order by {{ rank }}) filter (where {{ column }} is not null))[1]
{%- endmacro %}
