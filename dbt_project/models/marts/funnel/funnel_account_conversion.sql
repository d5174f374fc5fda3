{{ funnel_conversion('funnel_account_stage_entries', 'account_key', 'accounts') }}
