package io.freshet.job.repository;

import io.freshet.store.snapshot.SnapshotFiles;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.server.namenode.EditLogFileOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A repository on HDFS, through Flink's file system. */
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
