// slot.v - what surrounds one function on the fabric: its place, its registers
// in common, its gate and its counters.  The same for every function; slot_body
// (generated) fits the function's ports.  1 beat/clk, latency 2 clk.
//
//   s_axis -> skid -> gate -> body -> skid -> m_axis
//                      |       |
//     csr -> common registers, body registers
//
// Register bus: the host holds csr_we or csr_re with address and data until
// csr_ack, one clock.  A write to the body closes the gate at the next item
// boundary, waits until nothing is inside, takes effect, and opens it again, so
// that it falls between two items.
`default_nettype none
module slot #(
    parameter W = 64                    // stream width in bits: 32, 64
) (
    input  wire           clk,
    input  wire           rst,
    // registers
    input  wire           csr_we,
    input  wire           csr_re,
    output wire           csr_ack,
    input  wire [7:0]     csr_addr,
    input  wire [31:0]    csr_wdata,
    output wire [31:0]    csr_rdata,
    // in
    input  wire [W-1:0]   s_axis_tdata,
    input  wire [W/8-1:0] s_axis_tkeep,
    input  wire [47:0]    s_axis_tuser,
    input  wire           s_axis_tlast,
    input  wire           s_axis_tvalid,
    output wire           s_axis_tready,
    // out
    output wire [W-1:0]   m_axis_tdata,
    output wire [W/8-1:0] m_axis_tkeep,
    output wire [47:0]    m_axis_tuser,
    output wire           m_axis_tlast,
    output wire           m_axis_tvalid,
    input  wire           m_axis_tready,
    // nothing inside: safe to save, load, swap
    output wire           idle
);
    localparam BEAT = W + W/8 + 49;     // tdata, tkeep, tuser, tlast

    // --- streams --------------------------------------------------------------
    wire [W-1:0]   in_tdata,  out_tdata;
    wire [W/8-1:0] in_tkeep,  out_tkeep;
    wire [47:0]    in_tuser,  out_tuser;
    wire           in_tlast,  out_tlast;
    wire           in_tvalid, out_tvalid;
    wire           body_ready, out_tready;
    wire           in_empty, out_empty, body_idle;
    wire           in_packets, out_packets;

    // The gate is open inside an item, and between items unless it is held.
    wire [31:0] control;
    reg         mid_q;                  // an item has begun and not ended
    reg         hold_q;                 // a write to the body is waiting
    wire        gate = mid_q || (control[0] && !hold_q);
    wire        take = in_tvalid && gate && body_ready;
    wire        give = out_tvalid && out_tready;

    axis_skid #(.W (BEAT)) in_skid (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({s_axis_tlast, s_axis_tuser, s_axis_tkeep, s_axis_tdata}),
        .s_axis_tvalid (s_axis_tvalid),
        .s_axis_tready (s_axis_tready),
        .m_axis_tdata  ({in_tlast, in_tuser, in_tkeep, in_tdata}),
        .m_axis_tvalid (in_tvalid),
        .m_axis_tready (gate && body_ready),
        .empty         (in_empty)
    );

    axis_skid #(.W (BEAT)) out_skid (
        .clk           (clk),
        .rst           (rst),
        .s_axis_tdata  ({out_tlast, out_tuser, out_tkeep, out_tdata}),
        .s_axis_tvalid (out_tvalid),
        .s_axis_tready (out_tready),
        .m_axis_tdata  ({m_axis_tlast, m_axis_tuser, m_axis_tkeep, m_axis_tdata}),
        .m_axis_tvalid (m_axis_tvalid),
        .m_axis_tready (m_axis_tready),
        .empty         (out_empty)
    );

    // --- registers --------------------------------------------------------------
    wire        is_common = !csr_addr[7];
    wire        common_ack, body_ack;
    wire [31:0] common_rdata, body_rdata;
    wire [31:0] fn_id, layout, capacity;
    wire        quiet = !mid_q && body_idle && out_empty;   // the body may change
    wire        we_body = csr_we && !is_common && hold_q && quiet && !we_ack_q;
    reg         we_ack_q;

    assign idle      = in_empty && quiet;
    assign csr_ack   = we_ack_q || common_ack || body_ack;
    assign csr_rdata = is_common ? common_rdata : body_rdata;

    always @(posedge clk) begin
        hold_q   <= csr_we && !is_common && !we_ack_q;
        we_ack_q <= !we_ack_q && (we_body || (csr_we && is_common));
        if (take)
            mid_q <= !in_tlast;
        if (rst) begin
            hold_q   <= 1'b0;
            we_ack_q <= 1'b0;
            mid_q    <= 1'b0;
        end
    end

    // --- counters: accepted items ---------------------------------------------
    reg [63:0] cycles_q;
    reg [31:0] items_in_q, items_out_q, dropped_q, stalls_in_q, stalls_out_q;

    // Samples in a beat: every fourth bit of tkeep.
    function [31:0] samples(input [W/8-1:0] keep);
        integer k;
        begin
            samples = 32'd0;
            for (k = 0; k < W/8; k = k + 4)
                samples = samples + {31'd0, keep[k]};
        end
    endfunction

    always @(posedge clk) begin
        cycles_q <= cycles_q + 64'd1;
        if (take)
            items_in_q <= items_in_q + (in_packets ? {31'd0, in_tlast} : samples(in_tkeep));
        if (give)
            items_out_q <= items_out_q + (out_packets ? {31'd0, out_tlast} : samples(out_tkeep));
        if (give && out_packets && out_tlast && out_tuser[32])
            dropped_q <= dropped_q + 32'd1;
        if (in_tvalid && gate && !body_ready)
            stalls_in_q <= stalls_in_q + 32'd1;
        if (out_tvalid && !out_tready)
            stalls_out_q <= stalls_out_q + 32'd1;
        if (rst) begin
            cycles_q     <= 64'd0;
            items_in_q   <= 32'd0;
            items_out_q  <= 32'd0;
            dropped_q    <= 32'd0;
            stalls_in_q  <= 32'd0;
            stalls_out_q <= 32'd0;
        end
    end

    common_csr common (
        .clk       (clk),
        .rst       (rst),
        .csr_we    (csr_we && is_common && !we_ack_q),
        .csr_re    (csr_re && is_common),
        .csr_ack   (common_ack),
        .csr_addr  (csr_addr),
        .csr_wdata (csr_wdata),
        .csr_rdata (common_rdata),
        .magic     (32'h50435354),
        .fn_id     (fn_id),
        .layout    (layout),
        .capacity  (capacity),
        .control   (control),
        .status    ({31'd0, idle}),
        .cycles_lo (cycles_q[31:0]),
        .cycles_hi (cycles_q[63:32]),
        .items_in  (items_in_q),
        .items_out (items_out_q),
        .dropped   (dropped_q),
        .stalls_in (stalls_in_q),
        .stalls_out (stalls_out_q)
    );

    slot_body #(.W (W)) body (
        .clk           (clk),
        .rst           (rst),
        .csr_we        (we_body),
        .csr_re        (csr_re && !is_common),
        .csr_ack       (body_ack),
        .csr_addr      (csr_addr),
        .csr_wdata     (csr_wdata),
        .csr_rdata     (body_rdata),
        .s_axis_tdata  (in_tdata),
        .s_axis_tkeep  (in_tkeep),
        .s_axis_tuser  (in_tuser),
        .s_axis_tlast  (in_tlast),
        .s_axis_tvalid (in_tvalid && gate),
        .s_axis_tready (body_ready),
        .m_axis_tdata  (out_tdata),
        .m_axis_tkeep  (out_tkeep),
        .m_axis_tuser  (out_tuser),
        .m_axis_tlast  (out_tlast),
        .m_axis_tvalid (out_tvalid),
        .m_axis_tready (out_tready),
        .idle          (body_idle),
        .fn_id         (fn_id),
        .layout        (layout),
        .capacity      (capacity),
        .in_packets    (in_packets),
        .out_packets   (out_packets)
    );

    wire unused = &{1'b0, control[31:1]};
endmodule
`default_nettype wire
