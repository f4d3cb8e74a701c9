// uart_tx.v - bytes to a serial line: one start bit, eight data bits, lowest
// first, one stop bit.  10 CLOCKS_PER_BIT clk a byte.
`default_nettype none
module uart_tx #(
    parameter CLOCKS_PER_BIT = 16       // 4..65535
) (
    input  wire       clk,
    input  wire       rst,
    // in
    input  wire [7:0] s_axis_tdata,
    input  wire       s_axis_tvalid,
    output wire       s_axis_tready,
    // line, high when idle
    output wire       tx
);
    localparam [15:0] LAST = CLOCKS_PER_BIT[15:0] - 16'd1;

    reg  [15:0] clock_q;                // of this bit
    reg  [3:0]  left_q;                 // bits of the byte that are not over
    reg  [8:0]  bits_q;                 // the line is the lowest one
    wire        bit_end = clock_q == LAST;
    wire        take    = s_axis_tvalid && s_axis_tready;

    assign s_axis_tready = left_q == 4'd0;
    assign tx            = bits_q[0];

    always @(posedge clk) begin
        clock_q <= take || bit_end ? 16'd0 : clock_q + 16'd1;
        if (take) begin
            bits_q <= {s_axis_tdata, 1'b0};
            left_q <= 4'd10;
        end else if (bit_end && left_q != 4'd0) begin
            bits_q <= {1'b1, bits_q[8:1]};
            left_q <= left_q - 4'd1;
        end
        if (rst) begin
            left_q <= 4'd0;
            bits_q <= 9'h1ff;
        end
    end

`ifdef FORMAL
    // A byte's start bit, its bits and a stop bit come at their time, whole; the
    // line is high when nothing is sent.
    reg        past_q = 1'b0;
    reg [7:0]  byte_q;

    function expected(input [3:0] n, input [7:0] b);
        expected = n == 4'd10 ? 1'b0 : n <= 4'd1 ? 1'b1 : b[4'd9 - n];
    endfunction

    integer k;
    always @(posedge clk) begin
        past_q <= 1'b1;
        if (take)
            byte_q <= s_axis_tdata;
        if (!past_q)
            assume (rst);
        if (past_q && !rst) begin
            assert (left_q <= 4'd10);
            assert (tx == expected(left_q, byte_q));
            // What is still to come, for the induction.
            for (k = 0; k < 9; k = k + 1)
                if (left_q > k)
                    assert (bits_q[k] == expected(left_q - k[3:0], byte_q));
                else
                    assert (bits_q[k]);
            if (left_q != 4'd0)
                assert (clock_q <= LAST);
        end
        if (past_q && !rst && !$past(rst) && $past(left_q != 4'd0 && !bit_end))
            assert (tx == $past(tx));
    end
`endif
endmodule
`default_nettype wire
