select distinct coalesce(user_agent, '') as user_agent
from lines
order by user_agent;
