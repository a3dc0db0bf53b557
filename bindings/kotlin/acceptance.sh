#!/bin/sh
# Starts the Kotlin program of the acceptance suite, which `mvn test-compile` has built.
cd "$(dirname "$0")"
exec java -XX:TieredStopAtLevel=1 -cp "target/classes:target/test-classes:$(cat target/classpath.txt)" cc.chitty.AcceptanceKt
