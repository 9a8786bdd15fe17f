# SPDX-License-Identifier: Apache-2.0
# Writes OUT: the source IN with the text in FROM, which must stand there exactly once, replaced by that in TO. Anything else fails
# the build: a mutant of a line that is gone would test nothing.
file(READ "${IN}" text)
file(READ "${FROM}" from)
file(READ "${TO}" to)
string(FIND "${text}" "${from}" first)
string(FIND "${text}" "${from}" last REVERSE)
if(first EQUAL -1)
  message(FATAL_ERROR "${IN}: the text that a mutant of the simulation changes is gone; adapt tests/simulation/CMakeLists.txt:\n${from}")
endif()
if(NOT first EQUAL last)
  message(FATAL_ERROR "${IN}: the text that a mutant of the simulation changes stands there more than once:\n${from}")
endif()
string(REPLACE "${from}" "${to}" text "${text}")
file(WRITE "${OUT}" "${text}")
