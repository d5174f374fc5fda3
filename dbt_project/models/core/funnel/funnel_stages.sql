select
    funnel_stage,
    stage_order,
    lead(funnel_stage) over (order by stage_order) as next_stage
from (
    values ('awareness', 1), ('interest', 2), ('decision', 3), ('action', 4)
) as stages (funnel_stage, stage_order)
