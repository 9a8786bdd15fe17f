# SPDX-License-Identifier: Apache-2.0
# Every target that comes after include(Hardening) is built so that a mistake in memory ends the program and not more:
# position-independent, stack protectors, the C library's checked calls, and imported addresses that are read-only once
# the program has started. Not with sanitizers, which find more and don't go with checked calls. A test looks at the
# program for each of these: tests/e2e/test_hardening.py.

if(SALESTREAM_SANITIZE)
  return()
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)
if(NOT CMAKE_CXX_LINK_PIE_SUPPORTED)
  message(FATAL_ERROR "This compiler can't link position-independent programs")
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# CMake compiles static libraries for use in shared ones, which keeps functions of one file from being inlined into each
# other. All of ours go into programs: the last option counts.
add_compile_options(-fPIE)
add_compile_options(-fstack-protector-strong)
# Checked calls need optimization. Some distributions define the macro themselves.
add_compile_options("$<$<CONFIG:Release,RelWithDebInfo,MinSizeRel>:-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=2>")
add_link_options(-Wl,-z,relro,-z,now)
