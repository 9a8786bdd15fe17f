# SPDX-License-Identifier: Apache-2.0
# Gets Spark Connect's artifact and unpacks its protocol files, run by the build:
#   cmake -DMVN=mvn -DARTIFACT=group:name:version -DSHA512=… [-DJAR=FILE] -DINTO=FOLDER -P fetch.cmake
if(NOT JAR)
  string(REPLACE ":" ";" parts "${ARTIFACT}")
  list(GET parts 1 name)
  list(GET parts 2 version)
  execute_process(
    COMMAND ${MVN} -q -B -C org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -Dartifact=${ARTIFACT}:jar
            -DoutputDirectory=${INTO} -Dmdep.overWriteReleases=true
    RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  set(JAR ${INTO}/${name}-${version}.jar)
  if(failed OR NOT EXISTS ${JAR})
    message(FATAL_ERROR "${said}\nMaven could not fetch ${ARTIFACT}, which has Spark Connect's protocol files. Get it "
                        "by hand and name it with -DSALESTREAM_SPARK_CONNECT_JAR=FILE, or build without Spark: "
                        "-DSALESTREAM_SPARK=OFF")
  endif()
  set(is_fetched TRUE)
endif()
file(SHA512 ${JAR} found)
if(NOT found STREQUAL SHA512)
  message(FATAL_ERROR "${JAR} is not the artifact ${ARTIFACT} that this was written for: its SHA-512 is\n  "
                      "${found}\nand should be\n  ${SHA512}\nDelete it where it came from, and build again")
endif()
file(ARCHIVE_EXTRACT INPUT ${JAR} DESTINATION ${INTO} PATTERNS spark/connect/*.proto)
# An archive's files are as old as the archive, and the build would take them for outdated.
file(GLOB protocols ${INTO}/spark/connect/*.proto)
file(TOUCH ${protocols})
if(is_fetched)
  file(REMOVE ${JAR}) # 14 MB that nobody needs here again
endif()
