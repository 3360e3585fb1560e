package io.datrang.storage.parquet;

import io.datrang.index.FileIndex;
import java.nio.file.Path;
import java.util.List;
import org.apache.iceberg.Metrics;

/**
 * A finished data file, on stable storage.
 *
 * @param metrics what Iceberg's manifests say of it
 * @param splitOffsets where its row groups start
 * @param parts checksums of its bytes
 */
public record WrittenFile(
    Path path,
    long rows,
    long bytes,
    FileIndex index,
    Metrics metrics,
    List<Long> splitOffsets,
    List<Checksums.Part> parts) {}
