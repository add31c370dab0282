package io.freshet.train;

import io.freshet.kernel.Device;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.QuantizedRows;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A device whose operators fail where two threads are in one set at the same time. Every call lingers, so that threads
 * that share a set meet in it, which on the device itself they would do now and then only.
 */
record OneThreadDevice(Device device) implements Device {
    private static final long LINGER_NANOS = 20_000;

    @Override
    public Kernels openKernels() {
        Kernels kernels = device.openKernels();
        AtomicReference<Thread> inside = new AtomicReference<>();
        return (Kernels) Proxy.newProxyInstance(
                Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, args) -> {
                    Thread other = inside.compareAndExchange(null, Thread.currentThread());
                    if (other != null) {
                        throw new AssertionError(method.getName() + " while " + other.getName() + " uses the same set");
                    }
                    try {
                        linger();
                        return method.invoke(kernels, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    } finally {
                        inside.set(null);
                    }
                });
    }

    private static void linger() {
        long from = System.nanoTime();
        while (System.nanoTime() - from < LINGER_NANOS) {
            Thread.yield();
        }
    }

    @Override
    public String name() {
        return device.name();
    }

    @Override
    public String arithmetic() {
        return device.arithmetic();
    }

    @Override
    public Floats floats(int length) {
        return device.floats(length);
    }

    @Override
    public Ints ints(int length) {
        return device.ints(length);
    }

    @Override
    public QuantizedRows quantizedRows(int width) {
        return device.quantizedRows(width);
    }

    @Override
    public void close() {
        device.close();
    }
}
