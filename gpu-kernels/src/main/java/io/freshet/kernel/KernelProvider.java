package io.freshet.kernel;

import java.util.Optional;

/** A provider is one way to get a {@link Device}; {@code main} methods and tests choose between providers. */
public interface KernelProvider {
    /** Name of the device that {@link #open} gives. */
    String name();

    /** Empty if this provider can open a device here; else the reason why not, for a person to read. */
    Optional<String> unusable();

    /**
     * Opens the device.
     *
     * @throws IllegalStateException with the reason, if {@link #unusable} gives one
     */
    Device open();
}
