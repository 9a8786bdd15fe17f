# SPDX-License-Identifier: Apache-2.0
# What is installed, and the Debian package of it:
#   ninja package_files && cpack -G DEB     (tools/package does both)
# Manual pages and completions are made by the build from the documents and the program, so that they say the same.

find_package(Python3 COMPONENTS Interpreter QUIET)
find_program(GZIP gzip)
if(NOT Python3_FOUND OR NOT GZIP)
  message(STATUS "No Python 3 or no gzip: nothing can be installed or packaged")
  return()
endif()

set(SALESTREAM_MAINTAINER "salestream maintainers <maintainers@salestream.example>" CACHE STRING
    "Who answers for the package, as Debian's Maintainer field has it")
set(summary "exact totals per product from a stream of orders")
set(deploy ${CMAKE_SOURCE_DIR}/deploy)
set(made ${CMAKE_BINARY_DIR}/package)
file(MAKE_DIRECTORY ${made}/pipelines)
set(made_files "")

function(salestream_make file)
  cmake_parse_arguments(M "" "" "COMMAND;DEPENDS" ${ARGN})
  add_custom_command(OUTPUT ${made}/${file} COMMAND ${M_COMMAND} > ${made}/${file} DEPENDS ${M_DEPENDS}
                     WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} COMMENT "Making ${file}" VERBATIM)
  set(made_files ${made_files} ${made}/${file} PARENT_SCOPE)
endfunction()

# NAME SECTION WHAT DOCUMENTS... of a manual page, compressed as Debian wants it.
function(salestream_manual_page name section what)
  list(TRANSFORM ARGN REPLACE "#.*" "" OUTPUT_VARIABLE documents)
  list(TRANSFORM documents PREPEND ${CMAKE_SOURCE_DIR}/)
  set(see "--see=salestream-pipeline(5)")
  if(section EQUAL 5)
    set(see "--see=salestream(1)")
  endif()
  salestream_make(${name}.${section}
    COMMAND ${Python3_EXECUTABLE} tools/man-page ${name} ${section} "${what}" ${PROJECT_VERSION} ${see} ${ARGN}
    DEPENDS ${CMAKE_SOURCE_DIR}/tools/man-page ${documents})
  salestream_make(${name}.${section}.gz COMMAND ${GZIP} -9nc ${made}/${name}.${section}
                  DEPENDS ${made}/${name}.${section})
  set(made_files ${made_files} PARENT_SCOPE)
  install(FILES ${made}/${name}.${section}.gz DESTINATION share/man/man${section})
endfunction()

salestream_manual_page(salestream 1 "${summary}" docs/command-line.md "docs/install.md#Files")
salestream_manual_page(salestream-pipeline 5 "what salestream reads, counts, and where it keeps totals"
                       docs/pipeline-file.md)

foreach(shell bash zsh fish)
  salestream_make(completion.${shell} COMMAND $<TARGET_FILE:salestream> completion ${shell} DEPENDS salestream)
endforeach()
install(FILES ${made}/completion.bash DESTINATION share/bash-completion/completions RENAME salestream)
install(FILES ${made}/completion.zsh DESTINATION share/zsh/vendor-completions RENAME _salestream)
install(FILES ${made}/completion.fish DESTINATION share/fish/vendor_completions.d RENAME salestream.fish)

# The pipeline files, whose comments speak of the source tree, as they are where there is none.
file(GLOB pipelines CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/pipelines/*.yaml)
foreach(pipeline IN LISTS pipelines)
  get_filename_component(name ${pipeline} NAME)
  salestream_make(pipelines/${name}
                  COMMAND ${CMAKE_COMMAND} -DFILE=${pipeline} -P ${CMAKE_SOURCE_DIR}/cmake/installed_pipeline.cmake
                  DEPENDS ${pipeline} ${CMAKE_SOURCE_DIR}/cmake/installed_pipeline.cmake)
  install(FILES ${made}/pipelines/${name} DESTINATION share/salestream/pipelines)
endforeach()
install(FILES ${made}/pipelines/demo.yaml DESTINATION /etc/salestream) # to begin with: systemctl start salestream@demo

salestream_make(changelog.gz COMMAND ${GZIP} -9nc ${deploy}/debian/changelog DEPENDS ${deploy}/debian/changelog)
install(FILES ${made}/changelog.gz DESTINATION share/doc/salestream)
file(GLOB documents CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/docs/*.md)
install(FILES ${deploy}/debian/copyright ${documents} DESTINATION share/doc/salestream)
# Where users of Debian look for examples. The files are elsewhere: images of containers leave share/doc out.
file(CREATE_LINK ../../salestream/pipelines ${made}/examples SYMBOLIC)
install(FILES ${made}/examples DESTINATION share/doc/salestream)
install(FILES ${deploy}/salestream@.service DESTINATION lib/systemd/system)
install(TARGETS salestream RUNTIME DESTINATION bin)
add_custom_target(package_files ALL DEPENDS ${made_files} salestream)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME salestream)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${SALESTREAM_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${summary}")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    "salestream reads orders from a Kafka topic and keeps totals per product,\n\
per client, or both, in Apache Cassandra or in an SQLite file. Each order\n\
counts exactly once, whatever ends the program, and every amount is exact.\n\
It shows the totals on a web page and can prove them against the topic.")
set(CPACK_DEBIAN_PACKAGE_SECTION database)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${deploy}/debian/conffiles ${deploy}/debian/postinst ${deploy}/debian/prerm
                                       ${deploy}/debian/postrm)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON) # /etc is not under the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
include(CPack)
