{{ funnel_conversion('funnel_stage_entries', 'person_key', 'people') }}
