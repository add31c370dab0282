package io.freshet.kernel.cpu;

import org.junit.jupiter.api.Nested;

/** The contract on the device that is the specification: plain Java. */
class ScalarDeviceTest {
    @Nested
    class Linear extends LinearContract {
        Linear() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class Norm extends NormContract {
        Norm() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class Elementwise extends ElementwiseContract {
        Elementwise() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class Rows extends RowsContract {
        Rows() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class Attention extends AttentionContract {
        Attention() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class Softmax extends SoftmaxContract {
        Softmax() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class ScoringTable extends RankingContract {
        ScoringTable() {
            super(TestedDevice.SCALAR);
        }
    }

    @Nested
    class Peers extends PeerContract {
        Peers() {
            super(TestedDevice.SCALAR);
        }
    }
}
