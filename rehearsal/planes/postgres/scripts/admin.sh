# Makes the admin and the database. Standard input: the password. $port, $name, $user come before this text.
PASSWORD=$(cat)
export PASSWORD
runuser -u postgres -- psql --no-psqlrc --quiet --port="$port" --set=ON_ERROR_STOP=1 \
	--set=name="$name" --set=admin="$user" >/dev/null <<'SQL'
-- The log is to hold no password, not even of a statement that fails.
SET log_statement = 'none';
SET log_min_duration_statement = -1;
SET log_min_error_statement = 'panic';
\getenv password PASSWORD
SELECT format('CREATE ROLE %I', :'admin')
	WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'admin') \gexec
ALTER ROLE :"admin" LOGIN CREATEROLE CREATEDB NOSUPERUSER NOREPLICATION NOBYPASSRLS PASSWORD :'password';
SELECT format('CREATE DATABASE %I', :'name')
	WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
ALTER DATABASE :"name" OWNER TO :"admin";
SQL
