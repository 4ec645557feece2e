# Debian has Asterisk 22 in forky. Its configuration comes from `registratura asterisk-config`; not built in CI.
FROM debian:forky-slim
RUN apt-get update && apt-get install -y --no-install-recommends asterisk asterisk-core-sounds-ru-wav
CMD ["asterisk", "-f", "-C", "/etc/registratura-asterisk/asterisk.conf"]
