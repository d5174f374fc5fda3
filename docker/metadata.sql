-- Run once, by the superuser, when the volume of Airflow's database is new.
\getenv password AIRFLOW_PASSWORD
\set ON_ERROR_STOP on

create role airflow login password :'password';
create database airflow owner airflow template template0;
revoke all on database airflow from public;
