-- Run once, by the superuser, when the warehouse's volume is new. attain_admin owns the database and makes its roles;
-- attain_services may log in and nothing else. Neither is a superuser.
\getenv admin_password ATTAIN_ADMIN_PASSWORD
\getenv services_password ATTAIN_SERVICES_PASSWORD
\set ON_ERROR_STOP on

create role attain_admin login createrole password :'admin_password';
create role attain_services login password :'services_password';
create database attain owner attain_admin template template0;
revoke all on database attain from public;
grant connect on database attain to attain_services;
