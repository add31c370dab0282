package io.freshet.kernel.cpu;

import io.freshet.kernel.AttentionWeights;
import io.freshet.kernel.Device;
import io.freshet.kernel.Dropout;
import io.freshet.kernel.Floats;
import io.freshet.kernel.Ints;
import io.freshet.kernel.JaggedLayout;
import io.freshet.kernel.Kernels;
import io.freshet.kernel.LinearWeights;
import io.freshet.kernel.NormWeights;
import io.freshet.kernel.PeerKernels;
import io.freshet.kernel.ScoringTable;
import io.freshet.kernel.SoftmaxShape;
import io.freshet.kernel.SparseTerms;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * A digest of what all kernels give for fixed inputs. As a program it prints the digest of each of {@code args[0]}
 * rounds that differs from the round before: one line if interpreted and compiled code give the same bits.
 */
final class KernelDigest {
    private final SplittableRandom random = new SplittableRandom(77);
    private final Device device;
    private final PeerKernels kernels;
    private final List<Floats> results = new ArrayList<>();

    private KernelDigest(Device device, PeerKernels kernels) {
        this.device = device;
        this.kernels = kernels;
    }

    /** Runs the best device of this process. */
    public static void main(String[] args) {
        Device device = CpuDevices.best();
        PeerKernels kernels = device.openPeerKernels();
        System.out.println("device " + device.name());
        String last = "";
        for (int round = 0; round < Integer.parseInt(args[0]); round++) {
            String digest = of(device, kernels);
            if (!digest.equals(last)) {
                System.out.println("digest " + digest);
            }
            last = digest;
        }
    }

    /** Digest of one round. */
    static String of(Device device, PeerKernels kernels) {
        KernelDigest digest = new KernelDigest(device, kernels);
        digest.linear(37, 64, 256);
        digest.linear(21, 13, 71);
        digest.norms(19, 64);
        digest.norms(5, 50);
        digest.attention(2, 32, 51, 40);
        digest.attention(1, 13, 35, 9);
        digest.softmax(33, 200, 64);
        digest.softmax(9, 70, 13);
        digest.rows();
        CRC32 crc = new CRC32();
        for (Floats block : digest.results) {
            float[] host = new float[block.length()];
            block.download(0, host, 0, host.length);
            for (float x : host) {
                int bits = Float.floatToIntBits(x);
                crc.update(bits);
                crc.update(bits >> 8);
                crc.update(bits >> 16);
                crc.update(bits >> 24);
            }
        }
        return Long.toHexString(crc.getValue());
    }

    private Floats values(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) (random.nextDouble() * 2 - 1);
        }
        Floats block = device.floats(count);
        block.upload(x, 0, 0, count);
        return block;
    }

    private Floats result(int count) {
        Floats block = values(count);
        results.add(block);
        return block;
    }

    /** Squares: second moments. */
    private Floats positive(int count) {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) {
            x[i] = (float) random.nextDouble();
        }
        Floats block = result(count);
        block.upload(x, 0, 0, count);
        return block;
    }

    private Ints ints(int count, int bound) {
        int[] x = random.ints(count, 0, bound).toArray();
        Ints block = device.ints(count);
        block.upload(x, 0, 0, count);
        return block;
    }

    private void linear(int rows, int in, int out) {
        LinearWeights w = new LinearWeights(in, out, values(in * out), values(out));
        LinearWeights grad = new LinearWeights(in, out, result(in * out), result(out));
        Floats x = values(rows * in);
        Floats z = result(rows * out);
        Floats a = result(rows * out);
        kernels.linear(rows, w, x, values(rows * out), a);
        kernels.linearSilu(rows, w, x, z, a);
        kernels.linearBackward(rows, w, grad, x, a, result(rows * in));
        kernels.siluBackward(rows * out, z, a, result(rows * out));
    }

    private void norms(int rows, int width) {
        NormWeights w = new NormWeights(width, 1e-6f, values(width), values(width));
        NormWeights grad = new NormWeights(width, 1e-6f, result(width), result(width));
        Floats x = values(rows * width);
        Floats dy = values(rows * width);
        Floats wide = values(rows * 4 * width);
        Floats stats = result(2 * rows);
        Floats inverse = result(rows);
        Floats y = result(rows * width);
        kernels.layerNorm(rows, w, x, y, stats);
        kernels.layerNormBackward(new Kernels.LayerNormGrad(rows, w, grad, x, stats, dy, result(rows * width)));
        kernels.gatedNorm(rows, w, x, wide, result(rows * width), stats);
        kernels.gatedNormBackward(new Kernels.GatedNormGrad(
                rows, w, grad, x, wide, stats, dy, result(rows * width), result(rows * 4 * width)));
        kernels.l2Normalize(rows, width, x, y, inverse);
        kernels.l2NormalizeBackward(new Kernels.L2NormGrad(rows, width, y, inverse, dy, result(rows * width)));
    }

    private void attention(int heads, int d, int... lengths) {
        JaggedLayout layout = new JaggedLayout(lengths.length, 1);
        for (int length : lengths) {
            layout.add(length);
        }
        for (int i = 0; i < layout.readTimeBuckets().length; i++) {
            layout.timeBuckets()[i] = (byte) (random.nextInt(3) == 0 ? random.nextInt(9) : 8);
        }
        int t = layout.tokens();
        int a = heads * d;
        AttentionWeights w = new AttentionWeights(heads, d, 0.3f, 0f, 30, 9, values(heads * 30), values(heads * 9));
        AttentionWeights grad = new AttentionWeights(heads, d, 0.3f, 0f, 30, 9, result(heads * 30), result(heads * 9));
        Floats in = values(t * 4 * a);
        kernels.attention(layout, w, in, result(t * a));
        kernels.attentionBackward(layout, w, grad, in, values(t * a), result(t * 4 * a));
        PeerKernels.SoftmaxAttentionShape shape = new PeerKernels.SoftmaxAttentionShape(heads, d, new Dropout(0.1f, 5));
        Floats queries = values(t * a);
        Floats keysValues = values(t * 2 * a);
        kernels.softmaxAttention(layout, shape, queries, keysValues, result(t * a));
        kernels.softmaxAttentionBackward(new PeerKernels.SoftmaxAttentionGrad(
                layout, shape, queries, keysValues, values(t * a), result(t * a), result(t * 2 * a)));
    }

    private void softmax(int rows, int candidates, int d) {
        SparseTerms none = new SparseTerms(device.ints(rows + 1), device.ints(1), device.floats(1));
        Floats y = values(rows * d);
        Floats e = values(candidates * d);
        kernels.softmax(
                new SoftmaxShape(rows, candidates, d, 2f, 0.1f),
                y,
                e,
                new Kernels.SoftmaxBias(values(candidates), values(candidates), none),
                ints(rows, candidates),
                new Kernels.SoftmaxOutput(
                        result(rows), result(rows * d), result(candidates * d), result(candidates), result(1)));
        kernels.sampledSoftmax(
                new PeerKernels.SampledSoftmaxShape(rows, 12, d, 2f, 0.1f),
                y,
                e,
                ints(rows * 13, candidates),
                new PeerKernels.SampledSoftmaxOutput(result(rows), result(rows * d), result(candidates * d)));
        ScoringTable catalogue = new ScoringTable(candidates, d, e, values(candidates), values(candidates));
        kernels.scores(catalogue, y, result(candidates));
    }

    private void rows() {
        Floats table = result(40 * 24);
        Ints indices = ints(60, 40);
        Floats out = result(60 * 24);
        kernels.gather(new Kernels.GatherShape(60, 24, 2f, false), table, indices, out);
        kernels.scatterAdd(new Kernels.GatherShape(60, 24, 0.5f, true), out, indices, table);
        kernels.adamW(
                new Kernels.AdamStep(1e-2f, 0.9f, 0.98f, 1e-8f, 0.01f, 3),
                500,
                new Kernels.AdamState(result(500), result(500), positive(500)),
                values(500));
        kernels.addScaled(500, 0.3f, values(500), result(500));
    }
}
