-- Former rows of groups that were told again: runs may have merged, so there may be fewer now.
delete from sessions
where rowid in (
    select s.rid
    from stored_runs s
    join late l on l.gid = s.gid
    where s.run > l.runs_before
);
