# SPDX-License-Identifier: Apache-2.0
# Prints a pipeline file of this repository as it is installed:  cmake -DFILE=demo.yaml -P installed_pipeline.cmake
# The program is on the PATH there, and the demo keeps its totals in the folder that it is started in.
file(READ ${FILE} text)
string(REPLACE "./run " "salestream " text "${text}")
string(REPLACE "The demo that salestream shows" "A demo" text "${text}")
string(REPLACE "pipelines/" "/usr/share/salestream/pipelines/" text "${text}")
string(REPLACE "build/demo.db" "demo.db" text "${text}")
string(REPLACE "docs/pipeline-file.md" "salestream-pipeline(5)" text "${text}")
execute_process(COMMAND ${CMAKE_COMMAND} -E echo_append "${text}")
