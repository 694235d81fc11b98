# find_package(ttmem) gives the targets
#
#     ttmem::ttmem     the shared library
#     ttmem::static    the static one, with what it needs
#
# for C and, with ttmem.hpp, for C++17.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/ttmemTargets.cmake")
