-- probe: io
-- summary: reads and writes by kind of backend, object and context
-- versions: 16-
-- needs: pg_stat_io
-- alias: i = pg_stat_io
-- A combination that cannot happen is NULL and makes no point.
SELECT
  i.backend_type                                             -- attribute postgresql.backend_type
, i.object                                                   -- attribute postgresql.io.object
, i.context                                                  -- attribute postgresql.io.context
, i.stats_reset                                              -- start
, i.reads                                                    -- counter postgresql.io.reads {operation} : read operations
, i.writes                                                   -- counter postgresql.io.writes {operation} : write operations
, i.writebacks                                               -- counter postgresql.io.writebacks {operation} : blocks that the kernel was asked to write out
, i.extends                                                  -- counter postgresql.io.extends {operation} : operations that extended a relation
, i.hits                                                     -- counter postgresql.io.hits {hit} : blocks found in shared buffers
, i.evictions                                                -- counter postgresql.io.evictions {eviction} : blocks pushed out of a buffer
, i.reuses                                                   -- counter postgresql.io.reuses {reuse} : ring buffers used again
, i.fsyncs                                                   -- counter postgresql.io.fsyncs {operation} : fsync calls
, i.read_bytes::int8                                         -- counter postgresql.io.read_bytes By : data read
, i.reads * i.op_bytes                                       -- counter postgresql.io.read_bytes By
, i.write_bytes::int8                                        -- counter postgresql.io.write_bytes By : data written
, i.writes * i.op_bytes                                      -- counter postgresql.io.write_bytes By
, i.extend_bytes::int8                                       -- counter postgresql.io.extend_bytes By : data by which relations were extended
, i.extends * i.op_bytes                                     -- counter postgresql.io.extend_bytes By
, i.read_time                                                -- counter/double postgresql.io.read_time_milliseconds ms : time spent reading (with track_io_timing)
, i.write_time                                               -- counter/double postgresql.io.write_time_milliseconds ms : time spent writing (with track_io_timing)
, i.writeback_time                                           -- counter/double postgresql.io.writeback_time_milliseconds ms : time spent asking for writes (with track_io_timing)
, i.extend_time                                              -- counter/double postgresql.io.extend_time_milliseconds ms : time spent extending (with track_io_timing)
, i.fsync_time                                               -- counter/double postgresql.io.fsync_time_milliseconds ms : time spent in fsync (with track_io_timing)
FROM pg_catalog.pg_stat_io AS i
