# flowspec and what it needs to run, as a user who may do nothing:
#   docker run --rm -v "$PWD:/work:ro" flowspec plan -i plan.json
ARG PYTHON=3.12-slim-bookworm

FROM python:${PYTHON} AS build
COPY . /src
RUN python -m venv --without-pip /opt/flowspec && \
    pip --python /opt/flowspec/bin/python install --no-cache-dir --constraint /src/ci/constraints.txt /src

FROM python:${PYTHON}
COPY --from=build /opt/flowspec /opt/flowspec
ENV PATH=/opt/flowspec/bin:$PATH
WORKDIR /work
USER 65534:65534
ENTRYPOINT ["flowspec"]
