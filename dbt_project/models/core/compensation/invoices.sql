with

invoices as (

    {{ union_staging('invoices', [
        'invoice_key', 'source_account', 'invoice_id', 'account_key', 'opportunity_key', 'order_key', 'status',
        'currency_code', 'amount', 'paid_amount', 'invoice_date', 'due_date', 'paid_date', 'modified_at', 'is_deleted',
    ]) }}

),

company as (

    select * from {{ ref('company') }}

),

live as (

    select
        invoices.invoice_key,
        invoices.source_account,
        invoices.invoice_id,
        {{ or_unknown('invoices.account_key') }} as account_key,
        invoices.opportunity_key,
        invoices.order_key,
        invoices.status,
        upper(coalesce(invoices.currency_code, company.currency_code)) as currency_code,
        invoices.amount as amount_local,
        invoices.paid_amount as paid_amount_local,
        invoices.invoice_date,
        invoices.due_date,
        invoices.paid_date,
        invoices.modified_at,
        {{ run_id() }} as _run_id
    from invoices
    cross join company
    where not invoices.is_deleted

)

select * from live
