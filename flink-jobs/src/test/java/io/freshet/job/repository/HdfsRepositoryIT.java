package io.freshet.job.repository;

import io.freshet.store.snapshot.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.server.namenode.EditLogFileOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A repository on HDFS, through Flink's file system. */
@DisabledForJreRange(
        min = JRE.JAVA_24,
        disabledReason = "Hadoop 3 asks Java for the user as Java 24 and later refuse: HDFS needs Java 17 to 23")
class HdfsRepositoryIT extends RepositoryContract {
    @TempDir
    private static Path disk;

    private static MiniDFSCluster cluster;

    @BeforeAll
    static void start() throws IOException {
        // What the cluster keeps need not survive the machine.
        EditLogFileOutputStream.setShouldSkipFsyncForTesting(true);
        Configuration hadoop = new Configuration();
        hadoop.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, disk.toString());
        cluster = new MiniDFSCluster.Builder(hadoop).numDataNodes(1).build();
        cluster.waitActive();
    }

    @AfterAll
    static void stop() {
        cluster.shutdown(true);
    }

    @Override
    SnapshotFiles files(String name) {
        return new RepositoryAddress(cluster.getURI() + "/repositories/" + name).files();
    }
}
