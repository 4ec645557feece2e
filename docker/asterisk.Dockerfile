# Debian has Asterisk 22 in forky. Calls the scripts that CI runs natively; this image itself is not built in CI.
FROM debian:forky-slim
RUN apt-get update && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-ru-wav make python3 python3-venv
WORKDIR /opt/registratura
COPY . .
RUN make venv
ENTRYPOINT [".venv/bin/registratura", "asterisk", "run"]
