# Calls the scripts that CI runs natively; this image itself is not built in CI. Python 3.10 for Rasa, Debian's for ours.
FROM python:3.10-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends make python3 python3-venv
WORKDIR /opt/registratura
COPY . .
ENV REGISTRATURA_CACHE=/var/cache/registratura
RUN make venv PYTHON=/usr/bin/python3 && scripts/build_rasa.sh && useradd --system --create-home rasa && \
    install -d -o rasa /var/lib/registratura /var/cache/registratura/rasa-models
USER rasa
ENTRYPOINT [".venv/bin/registratura"]
CMD ["rasa", "run", "--train"]
