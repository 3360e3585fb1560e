package io.datrang.storage.parquet;

import io.datrang.index.FileIndex;
import java.nio.file.Path;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;

/** A finished data file, on stable storage. */
public record WrittenFile(
    Path path, long rows, long bytes, FileIndex index, ParquetMetadata footer) {}
