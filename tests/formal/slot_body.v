// slot_body.v - stands for a function and the common registers in the proof of the
// slot: what goes in comes out, in order, after any time; it may also say nothing
// for ever.  Limits and acknowledgements are whatever they like; control is, too, but
// changes only with a write.
`default_nettype none
module slot_body #(
    parameter W = 32
) (
    input  wire           clk,
    input  wire           rst,
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    output wire           idle,
    output wire [31:0]    fn_id,
    output wire [31:0]    layout,
    output wire [31:0]    capacity,
    output wire [31:0]    capacity_1,
    output wire           in_packets,
    output wire           out_packets,
    output wire [19:0]    words,
    output wire [19:0]    words_1,
    output wire [4*W/32-1:0] tap_valid,
    output wire [4*W-1:0] tap_data
);
    reg        held_q, shown_q;         // a beat is inside; and on offer
    reg        last_q;
    reg [1:0]  data_q;
    reg        ack_q, past_q = 1'b0;
    wire       wake = $anyseq, doze = $anyseq, answer = $anyseq;
    wire       take = s_axis_tvalid && s_axis_tready;
    wire       give = m_axis_tvalid && m_axis_tready;

    assign s_axis_tready = !held_q && !doze;
    assign m_axis_tvalid = shown_q;
    assign m_axis_tdata  = {{(W-2){1'b0}}, data_q};
    assign m_axis_tkeep  = {(W/8){1'b1}};
    assign m_axis_tuser  = 48'd0;
    assign m_axis_tlast  = last_q;
    assign idle          = !held_q;
    assign csr_ack       = ack_q;
    assign csr_rdata     = 32'd0;
    assign fn_id         = 32'd0;
    assign layout        = 32'd0;
    assign capacity      = 32'd0;
    assign capacity_1    = 32'd0;
    assign in_packets    = 1'b1;
    assign out_packets   = 1'b1;
    assign words         = $anyconst;
    assign words_1       = $anyconst;
    assign tap_valid     = $anyseq;
    assign tap_data      = $anyseq;

    always @(posedge clk) begin
        if (give)
            held_q <= 1'b0;
        if (take) begin
            held_q <= 1'b1;
            last_q <= s_axis_tlast;
            data_q <= s_axis_tdata[1:0];
        end
        shown_q <= !give && (shown_q || (held_q && wake));
        ack_q   <= csr_re && !ack_q && answer;
        if (rst) begin
            held_q  <= 1'b0;
            shown_q <= 1'b0;
            ack_q   <= 1'b0;
        end
        past_q <= 1'b1;
        if (past_q)
            assert (held_q || !shown_q);
    end
endmodule

module common_csr #(
    parameter OPTIONAL = 1
) (
    input  wire        clk, rst, csr_we, csr_re,
    output wire        csr_ack,
    input  wire [7:0]  csr_addr,
    input  wire [31:0] csr_wdata,
    output wire [31:0] csr_rdata,
    input  wire [31:0] magic, fn_id, layout, capacity,
    output wire [31:0] control,
    input  wire [31:0] status, cycles_lo, cycles_hi, items_in, items_out, dropped,
                       stalls_in, stalls_out, punted, sig_in, sig_out, errors_set,
    output wire [31:0] hang_limit,
    input  wire [31:0] build, caps, capacity_1, tap_0, tap_1, tap_2, tap_3,
    output wire [31:0] window, walk, epoch,
    input  wire [31:0] walk_at, walk_sum, windows
);
    reg        ack_q;
    reg  [2:0] control_q;
    wire       answer = $anyseq;
    wire [2:0] written = $anyseq;
    always @(posedge clk) begin
        ack_q <= csr_re && !ack_q && answer && !rst;
        if (csr_we)
            control_q <= written;
        if (rst)
            control_q <= 3'd0;
    end
    assign csr_ack    = ack_q;
    assign csr_rdata  = $anyseq;
    assign control    = {29'd0, control_q};
    assign hang_limit = {30'd0, limit};
    assign window     = {30'd0, beats};
    assign walk       = {30'd0, chunk};
    assign epoch      = 32'd0;
    wire [1:0] limit = $anyseq, beats = $anyseq, chunk = $anyseq;
endmodule
`default_nettype wire
