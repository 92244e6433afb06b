# SPDX-License-Identifier: Apache-2.0
# embed_files(target name FILE...): compile files into `target` as the table `name` of
# struct embedded_file (declared in include/schuilnaam/embedded.h), ordered as given.
function(embed_files target name)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${name}.c)
  set(inputs)
  foreach(file ${ARGN})
    get_filename_component(path ${file} ABSOLUTE)
    list(APPEND inputs ${path})
  endforeach()
  string(REPLACE ";" "|" joined "${inputs}")
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DNAME=${name} "-DFILES=${joined}"
            -P ${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake
    DEPENDS ${inputs} ${PROJECT_SOURCE_DIR}/cmake/embed_write.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
