# SPDX-License-Identifier: Apache-2.0
# Writes patched copies of the sources (SOURCES, with commas between, under ROOT) to OUT. A patch that does not apply,
# or only nearly, fails the build: a mutant of a line that is gone would test nothing.
find_program(PATCH_PROGRAM patch)
if(NOT PATCH_PROGRAM)
  message(FATAL_ERROR "the mutants of the simulation need the program `patch`: tools/setup --for test installs it")
endif()
string(REPLACE "," ";" sources "${SOURCES}")
foreach(source ${sources})
  get_filename_component(folder ${OUT}/${source} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  file(REMOVE ${OUT}/${source})
  file(COPY_FILE ${ROOT}/${source} ${OUT}/${source})
endforeach()
execute_process(
  COMMAND ${PATCH_PROGRAM} --strip=1 --fuzz=0 --forward --batch --no-backup-if-mismatch --reject-file=-
          --directory=${OUT} --input=${PATCH}
  RESULT_VARIABLE result OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(NOT result EQUAL 0)
  foreach(source ${sources})
    file(REMOVE ${OUT}/${source})
  endforeach()
  message(FATAL_ERROR "${PATCH} no longer applies: what it changes in the source was changed. Its first lines say "
                      "which rule it leaves out; write it again against the source as it is now.\n${said}")
endif()
