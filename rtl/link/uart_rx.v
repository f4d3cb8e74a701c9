// uart_rx.v - bytes from a serial line: one start bit, eight data bits, lowest
// first, one stop bit; sampled in the middle.  A start bit that is over before
// its middle is none; a byte without its stop bit is dropped, and so is one that
// nobody takes: the link finds out.
`default_nettype none
module uart_rx #(
    parameter CLOCKS_PER_BIT = 16       // 4..65535
) (
    input  wire       clk,
    input  wire       rst,
    // line, high when idle
    input  wire       rx,
    // out
    output wire [7:0] m_axis_tdata,
    output wire       m_axis_tvalid,
    input  wire       m_axis_tready
);
    localparam [15:0] LAST = CLOCKS_PER_BIT[15:0] - 16'd1;
    localparam [15:0] HALF = {1'b0, LAST[15:1]};

    wire        line;
    reg         line_q;
    reg         busy_q;                 // a byte is coming
    reg  [15:0] clock_q;                // until the next sample
    reg  [3:0]  n_q;                    // samples so far
    reg  [7:0]  bits_q, byte_q;
    reg         full_q;
    wire        sample = clock_q == 16'd0;

    sync2 #(.RESET (1'b1)) pin (
        .clk (clk),
        .rst (rst),
        .d   (rx),
        .q   (line)
    );

    assign m_axis_tdata  = byte_q;
    assign m_axis_tvalid = full_q;

    always @(posedge clk) begin
        line_q <= line;
        if (m_axis_tready)
            full_q <= 1'b0;
        if (!busy_q) begin
            n_q     <= 4'd0;
            clock_q <= HALF - 16'd1;
            busy_q  <= line_q && !line;
        end else begin
            clock_q <= sample ? LAST : clock_q - 16'd1;
            if (sample) begin
                n_q    <= n_q + 4'd1;
                bits_q <= {line, bits_q[7:1]};
                if (n_q == 4'd0 && line)
                    busy_q <= 1'b0;
                if (n_q == 4'd9) begin
                    busy_q <= 1'b0;
                    if (line && (!full_q || m_axis_tready)) begin
                        byte_q <= bits_q;
                        full_q <= 1'b1;
                    end
                end
            end
        end
        if (rst) begin
            line_q <= 1'b1;
            busy_q <= 1'b0;
            full_q <= 1'b0;
        end
    end

`ifdef FORMAL
    // A byte stays until it is taken, and the count of samples within its bounds.
    reg past_q = 1'b0;
    always @(posedge clk) begin
        past_q <= 1'b1;
        if (!past_q)
            assume (rst);
        if (past_q && !rst && busy_q)
            assert (n_q <= 4'd9 && clock_q <= LAST);
        if (past_q && !rst && !$past(rst) && $past(m_axis_tvalid && !m_axis_tready)) begin
            assert (m_axis_tvalid);
            assert (m_axis_tdata == $past(m_axis_tdata));
        end
    end
`endif
endmodule
`default_nettype wire
