package io.freshet.local;

import io.freshet.job.repository.RepositoryAddress;
import io.freshet.store.snapshot.SnapshotFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.plugin.PluginUtils;

/** Flink's file systems in this process, set up as in a cluster: {@code FLINK_CONF_DIR}, the plugins directory. */
public final class RemoteFileSystems {
    private static boolean loaded;

    private RemoteFileSystems() {}

    /** The files of a repository. */
    public static SnapshotFiles files(String address) {
        RepositoryAddress repository = new RepositoryAddress(real(address));
        load(repository);
        return repository.files();
    }

    /** An address whose links are followed, where it is a directory of this machine that is there. */
    public static String real(String address) {
        Optional<Path> local = new RepositoryAddress(address).local();
        try {
            return local.isPresent() && Files.isDirectory(local.get())
                    ? local.get().toRealPath().toString()
                    : address;
        } catch (IOException e) {
            throw new UncheckedIOException("the repository " + address + " cannot be read", e);
        }
    }

    /** Makes an address usable; needed for those that are not on this machine. */
    public static synchronized void load(RepositoryAddress address) {
        if (!loaded && address.local().isEmpty()) {
            Configuration flink = GlobalConfiguration.loadConfiguration();
            FileSystem.initialize(flink, PluginUtils.createPluginManagerFromRootFolder(flink));
            loaded = true;
        }
    }
}
