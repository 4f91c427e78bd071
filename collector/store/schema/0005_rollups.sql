-- Answers of days that are over, prepared (docs/store.md, "Settled days"). The rows themselves stand
-- in tables `settled_<part>`, which whoever settles makes: their columns are those of the question.

-- How many batches have been loaded.
create table batches (
    batch bigint not null
);

insert into batches values (0);

-- The last batch that may have changed an answer about this hour.
create table touched_hours (
    shop_id varchar   not null,
    hour    timestamp not null,
    batch   bigint    not null
);

-- Days whose rows are prepared. A day holds as long as none of its hours was touched by a later batch.
create table settled_days (
    shop_id varchar   not null,
    part    varchar   not null,         -- the question
    mark    varchar   not null,         -- of its text and of all it was asked with, but for the day
    since   timestamp not null,         -- the day of the shop's clock
    until   timestamp not null,
    as_of   bigint    not null,         -- the batch that was the last one when it was asked
    engine  varchar   not null          -- the database's version: hashes of another may differ
);
