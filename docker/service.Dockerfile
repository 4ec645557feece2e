# Calls the scripts that CI runs natively; this image itself is not built in CI.
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends make python3 python3-venv ca-certificates debian-archive-keyring
WORKDIR /opt/registratura
COPY . .
RUN scripts/install_voices.sh && make venv && .venv/bin/python scripts/fetch_models.py
ENTRYPOINT [".venv/bin/registratura"]
CMD ["serve"]
