# ./dev test --long, its last part: queries that the sidecar sends to a Spark cluster.

test_cluster() {
  fresh_system cluster
  mvn -q -B -ntp -f "$ROOT/spark/cluster/pom.xml" dependency:build-classpath "-Dmdep.outputFile=$RUN_DIR/cluster.classpath"
  mvn -q -B -ntp -f "$ROOT/spark/cluster/pom.xml" dependency:copy -Dartifact=org.apache.hive:hive-jdbc:4.0.1:jar:standalone \
    "-DoutputDirectory=$RUN_DIR" -Dmdep.stripVersion=true
  as_server sh -c 'cat >"$1"' sh "$SERVER_DIR/driver.jar" <"$RUN_DIR/hive-jdbc-standalone.jar"
  start_spark
  trap 'status=$?; kill "$SPARK_PID"; end_system $status' EXIT
  wait_until 300 spark_answers || { tail -n 20 "$RUN_DIR/cluster.log" >&2; die "the cluster does not start"; }
  stop_sidecar
  SIDECAR_SETTINGS="spark-url = jdbc:hive2://127.0.0.1:$(port_for cluster)/
cluster-drivers = $SERVER_DIR/driver.jar
cluster-user = datrang"
  configure_sidecar
  start_sidecar
  eval "$(print_env)"
  DATRANG_CLUSTER=spark "${MAVEN[@]}" -q -Pspark -pl spark verify -Dit.test=ClusterIT
}

# Spark's Thrift server, which the sidecar reaches by Hive's driver.
start_spark() {
  local catalog=spark.sql.catalog.datrang package password options=()
  for package in java.lang java.lang.invoke java.lang.reflect java.io java.net java.nio java.util java.util.concurrent \
    java.util.concurrent.atomic sun.nio.ch sun.nio.cs sun.security.action sun.util.calendar; do
    options+=("--add-opens=java.base/$package=ALL-UNNAMED")
  done
  password=$(awk -F: '!/^#/ { print $NF; exit }' "$RUN_DIR/pgpass")
  cat >"$RUN_DIR/cluster.options" <<END
-Dspark.master=local[1]
-Dspark.app.name=cluster
-Dspark.ui.enabled=false
-Dspark.driver.host=127.0.0.1
-Dspark.sql.catalogImplementation=in-memory
-Dspark.sql.shuffle.partitions=2
-Dspark.sql.warehouse.dir=$RUN_DIR/warehouse
-D$catalog=org.apache.iceberg.spark.SparkCatalog
-D$catalog.catalog-impl=org.apache.iceberg.jdbc.JdbcCatalog
-D$catalog.uri=$(iceberg_uri)
-D$catalog.jdbc.user=postgres
-D$catalog.jdbc.password=$password
-D$catalog.jdbc.schema-version=V1
-D$catalog.jdbc.init-catalog-tables=false
-D$catalog.warehouse=unused
-D$catalog.cache-enabled=false
END
  "$(java_home)/bin/java" -Xmx1g -Duser.timezone=UTC "${options[@]}" "@$RUN_DIR/cluster.options" \
    -cp "$(cat "$RUN_DIR/cluster.classpath")" org.apache.spark.sql.hive.thriftserver.HiveThriftServer2 \
    --hiveconf "hive.server2.thrift.port=$(port_for cluster)" --hiveconf hive.server2.thrift.bind.host=127.0.0.1 \
    >"$RUN_DIR/cluster.log" 2>&1 &
  SPARK_PID=$!
}

spark_answers() { (exec 3<>"/dev/tcp/127.0.0.1/$(port_for cluster)") 2>/dev/null; }
