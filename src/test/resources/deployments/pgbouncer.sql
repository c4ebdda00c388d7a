CREATE ROLE stampede_gateway NOLOGIN;
CREATE ROLE stampede_app LOGIN PASSWORD 'secret';
GRANT stampede_gateway TO stampede, stampede_app;
ALTER ROLE stampede_app SET role = 'stampede_gateway';
ALTER ROLE stampede_app SET lock_timeout = '1s';
ALTER ROLE stampede_app SET client_connection_check_interval = '1s';
