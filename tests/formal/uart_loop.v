// uart_loop.v - proves that each byte taken by uart_tx comes out of uart_rx, once,
// in order and in time, when somebody takes it there.
`default_nettype none
module uart_loop #(
    parameter CLOCKS_PER_BIT = 4
) (
    input wire       clk,
    input wire       rst,
    input wire [7:0] data,
    input wire       valid
);
    reg        past_q = 1'b0;
    reg        owed_q;                  // a byte is under way
    reg  [7:0] sent_q;
    reg  [6:0] age_q;                   // clocks since it was taken
    reg        second_q;                // seen, for cover: one came out before
    wire       ready, line, out_valid;
    wire [7:0] out;
    wire       take = valid && ready;

    uart_tx #(.CLOCKS_PER_BIT (CLOCKS_PER_BIT)) sender (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  (data),
        .s_axis_tvalid (valid),
        .s_axis_tready (ready),
        .tx            (line)
    );

    uart_rx #(.CLOCKS_PER_BIT (CLOCKS_PER_BIT)) receiver (
        .clk           (clk),
        .rst           (rst),
        .rx            (line),
        .m_axis_tdata  (out),
        .m_axis_tvalid (out_valid),
        .m_axis_tready (1'b1)
    );

    always @(posedge clk) begin
        past_q <= 1'b1;
        age_q  <= take ? 7'd0 : age_q + 7'd1;
        if (out_valid)
            owed_q <= 1'b0;
        if (take) begin
            owed_q <= 1'b1;
            sent_q <= data;
        end
        second_q <= second_q || out_valid;
        if (rst) begin
            owed_q   <= 1'b0;
            second_q <= 1'b0;
        end
        if (!past_q)
            assume (rst);
        if (past_q && !rst) begin
            assert (!out_valid || (owed_q && out == sent_q));
            assert (!owed_q || age_q <= 10 * CLOCKS_PER_BIT);
            assert (!(take && owed_q) || out_valid);
            cover (out_valid && second_q && out == 8'ha5);
        end
    end
endmodule
`default_nettype wire
