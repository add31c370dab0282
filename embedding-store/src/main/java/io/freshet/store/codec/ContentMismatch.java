package io.freshet.store.codec;

/** Content that does not have the digest that was kept with it: what is stored was altered, lost or added to. */
public final class ContentMismatch extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** @param message whose content it is, with both digests */
    ContentMismatch(String message) {
        super(message);
    }
}
