# One image for the web server, the worker, beat and the set-up: the command says which (docker-compose.yml).

FROM node:24-slim AS assets
WORKDIR /assets
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DRIPLINE_ENVIRONMENT=production \
    DRIPLINE_DATA=/data
RUN useradd --system --uid 10001 --create-home dripline \
    && install --directory --owner dripline /data
WORKDIR /app
COPY requirements.txt requirements-uv.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements-uv.txt \
    && uv pip install --system --no-cache --compile-bytecode --require-hashes -r requirements.txt
COPY pyproject.toml config.py wsgi.py ./
COPY webapp webapp
COPY dashboards dashboards
COPY workers workers
COPY --from=assets /assets/node_modules/plotly.js-cartesian-dist-min/plotly-cartesian.min.js dashboards/assets/vendor/
COPY --from=assets /assets/node_modules/@fontsource-variable/inter/LICENSE webapp/static/vendor/inter/
COPY --from=assets /assets/node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 webapp/static/vendor/inter/
COPY --from=assets /assets/node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2 webapp/static/vendor/inter/
RUN uv pip install --system --no-deps --no-build-isolation --config-settings editable_mode=compat -e .
USER dripline
VOLUME /data
EXPOSE 8050
ENTRYPOINT ["dripline"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8050"]
