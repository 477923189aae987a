# The service's image: an environment built from the hashed lock, run by a user without rights on a read-only system.
# A digest, such as @sha256:..., pins the base image: docker build --build-arg PYTHON_DIGEST=...
ARG PYTHON_DIGEST=
FROM python:3.13-slim${PYTHON_DIGEST} AS build

ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
RUN python -m venv /opt/motcua
WORKDIR /source
# The lock changes less often than the code: its layer is kept.
COPY requirements.lock ./
RUN /opt/motcua/bin/pip install --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY app app
RUN /opt/motcua/bin/pip install --no-deps --no-build-isolation . \
    && /opt/motcua/bin/python -m compileall -q /opt/motcua/lib \
    && /opt/motcua/bin/pip uninstall --yes pip

FROM python:3.13-slim${PYTHON_DIGEST}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin motcua
COPY --from=build /opt/motcua /opt/motcua
ENV PATH=/opt/motcua/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["motcua"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
