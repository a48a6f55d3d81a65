# greenio::pq and greenio::pq_asynchronous in WebAssembly: on a libpq that emcc has compiled, which GREENIO_LIBPQ names, as
# it was installed: include/libpq-fe.h, lib/libpq.a and what that needs. Included by src/pq/pq.cmake, and by the installed
# package.

if(NOT DEFINED GREENIO_LIBPQ)
  set(GREENIO_LIBPQ "" CACHE PATH "WebAssembly: the prefix of a libpq compiled by emcc, for greenio::pq (docs/postgresql.md)")
endif()

# Makes the target `name` of that libpq; <name>_missing says what is not there, or is empty.
function(greenio_find_libpq name)
  set(${name}_missing "" PARENT_SCOPE)
  if(NOT GREENIO_LIBPQ)
    set(${name}_missing "GREENIO_LIBPQ is not set: the prefix of a libpq that emcc has compiled" PARENT_SCOPE)
    return()
  endif()
  foreach(file include/libpq-fe.h lib/libpq.a)
    if(NOT EXISTS ${GREENIO_LIBPQ}/${file})
      set(${name}_missing "GREENIO_LIBPQ is ${GREENIO_LIBPQ}, which has no ${file}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  add_library(${name} INTERFACE IMPORTED GLOBAL)
  target_include_directories(${name} INTERFACE ${GREENIO_LIBPQ}/include)
  target_link_libraries(${name} INTERFACE ${GREENIO_LIBPQ}/lib/libpq.a)
  foreach(part pgcommon pgport) # for shared libraries and for programs: either will do
    foreach(file lib${part}_shlib.a lib${part}.a)
      if(EXISTS ${GREENIO_LIBPQ}/lib/${file})
        target_link_libraries(${name} INTERFACE ${GREENIO_LIBPQ}/lib/${file})
        break()
      endif()
    endforeach()
  endforeach()
endfunction()

# Has whoever calls these functions of libpq call those of greenio's (src/pq/asynchronous.c).
function(greenio_link_pq_asynchronous target)
  foreach(function
      PQexec PQexecParams PQprepare PQexecPrepared PQdescribePrepared PQdescribePortal PQgetResult PQfn
      PQsendQuery PQsendQueryParams PQsendPrepare PQsendQueryPrepared PQsendDescribePrepared PQsendDescribePortal
      PQpipelineSync PQsendFlushRequest PQconsumeInput PQflush PQsetnonblocking PQsetClientEncoding
      PQputCopyData PQputCopyEnd PQgetCopyData PQgetline PQgetlineAsync PQputline PQputnbytes PQendcopy
      PQconnectPoll PQresetPoll PQresetStart PQreset PQfinish
      lo_open lo_close lo_read lo_write lo_lseek lo_lseek64 lo_tell lo_tell64 lo_truncate lo_truncate64 lo_unlink
      lo_export lo_creat lo_create lo_import lo_import_with_oid)
    target_link_options(${target} INTERFACE -Wl,--wrap=${function})
  endforeach()
endfunction()
