FROM base:1
# line ends of another system
COPY app.txt \
  /app.txt
WORKDIR /été
